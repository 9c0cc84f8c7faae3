use nas_pack::hooks;

fn main() {
    let _ = hooks! {
        post_install => {
            mkdir "a", mode = 750;
            mkdir "a", mode = 0644;
            mkdir "a", mode = 0x1ff;
            mkdir "a", mode = 989;
            mkdir "a", mode = 0o10000;
            mkdir "a", mode = 0o750_u8;
            mkdir "a", mode = "0750";
            mkdir "a", mode = MODE;
            mkdir "a", mode = ();
            mkdir "a", mode =;
            mkdir "a", mode;
        }
    };
}

use nas_pack::hooks;

fn main() {
    let _ = hooks! {
        "post_install" => { backup "a"; }
        pre_start { bakup "a"; }
        post_start;
        pre_stop => backup "a";
        post_stop => {
            backup "a"
            backup "b";
            backup "c" recursive;
            backup "d",;
            mkdir "e", mode = 0o750
            chwon "f" => "g";
            "h";
            ;
        }
        boot
    };
}

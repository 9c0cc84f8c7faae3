use nas_pack::hooks;

fn main() {
    let path = "a";
    let _ = hooks! {
        post_install => {
            mkdir;
            mkdir => "a";
            mkdir "a" "b";
            mkdir "";
            mkdir ();
            mkdir path;
            mkdir { path };
            mkdir b"a";
            mkdir 7;
            backup "a" => "b";
            symlink;
            symlink "a";
            symlink "a" =>;
            symlink => "b";
            symlink "a" "b";
            symlink "a" => "b" "c";
            chown "a" => "";
            install_if_missing "a", mode = 0o644;
        }
    };
}

use nas_pack::hooks;

fn main() {
    let _ = hooks! {
        post_install => {
            mkdir "a", mod = 0o750;
            mkdir "a", recursive;
            chown "a" => "b", recursive = true;
            chown "a" => "b", recursive, recursive;
            backup "a", mode = 0o600;
            mkdir "a", mode = 0o750, mode = 0o700;
        }
    };
}

use nas_pack::hooks;

fn main() {
    let _ = hooks! {
        post_install => {
            mkdri "{data_dir}";
            install-if-missing "a" => "b";
            chmod "{data_dir}";
            download "https://example.com", retries = 3;
        }
    };
}

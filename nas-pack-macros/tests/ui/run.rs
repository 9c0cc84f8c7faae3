use nas_pack::hooks;

fn main() {
    let _ = hooks! {
        post_start => {
            run;
            run "";
            run "" "a";
            run "a" => "b";
            run "a", "b";
        }
    };
}

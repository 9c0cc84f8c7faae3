use nas_pack::hooks;

fn main() {
    let script = "true";
    let _ = hooks! {
        post_start => {
            sh;
            sh "";
            sh "  \n";
            sh (script);
            sh "true" "false";
            sh "true" => "false";
        }
    };
}

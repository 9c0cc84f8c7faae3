use nas_pack::hooks;

fn main() {
    let _ = hooks! {
        post_instal => { backup "a"; }
        pre-upgrade => { backup "a"; }
        PostStop => { backup "a"; }
        install => { backup "a"; }
        boot => { backup "a"; }
        post_start => { backup "a"; }
        boot => { backup "b"; }
    };
}

//! A mistake hides neither the type of the whole nor what the steps that are right use.

#![deny(unused_variables)]

use nas_pack::{dsl, hooks};

fn main() {
    let folder = "{data_dir}/reports";
    let hooks = hooks! {
        post_install => {
            mkdir (folder);
            mkdri "a";
        }
    };
    let _: dsl::App = dsl::App::amend().hooks(hooks);
}

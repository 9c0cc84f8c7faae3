//! What is between parentheses is the compiler's to check; its types are left out, as the messages about those change.

use nas_pack::hooks;

fn main() {
    let _ = hooks! {
        post_install => {
            mkdir (missing);
        }
    };
}

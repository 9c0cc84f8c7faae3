//! A daemon that has nothing to say.

fn main() {
    loop {
        std::thread::park();
    }
}

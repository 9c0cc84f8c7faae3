//! Rules for every vendor: binaries, scripts and files against the devices they are for.

use crate::diagnostic::rules;

rules! {
    NAS001: Error, "the binary was built for another architecture";
    why: "";

    NAS002: Error, "the binary asks for musl's loader, which no NAS has";
    why: "";

    NAS003: Error, "the binary is linked dynamically, and the device (OS3 on ARM) cannot load its libraries";
    why: "";

    NAS004: Error, "the binary's segments are aligned to less than the device's page size (64 KiB on OS3 ARM)";
    why: "";
}

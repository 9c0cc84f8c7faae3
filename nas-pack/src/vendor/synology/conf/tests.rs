//! Each rule fires on what it is for and on nothing else.

# Starts a script as a program or, where it may not be run, by the shell: firmwares differ in that, and packages with such scripts work.
if [ -x "$1" ]; then
    exec "$@"
fi
exec /bin/sh "$@"

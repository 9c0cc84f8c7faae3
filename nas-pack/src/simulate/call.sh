# Runs a package's script as the firmware does, and tells a daemon that keeps the script's output from it. Filled in before it: `job`,
# the script's name in `script`, the working folder in `folder`, and the function `run`.
io=/.sim/io/$job
if [ ! -f "$script" ]; then
    : >"$io.missing"
    exit 0
fi
cd "$folder" || exit 1
mkfifo "$io.pipe"
{
    cat <"$io.pipe" >"$io.text"
    : >"$io.closed"
} &
( run ) >"$io.pipe" 2>&1 </dev/null
code=$?
waited=0
while [ ! -e "$io.closed" ] && [ "$waited" -lt 10 ]; do
    usleep 50000
    waited=$((waited + 1))
done
[ -e "$io.closed" ] || : >"$io.held"
exit "$code"

# The box's first process: it sees to the agent, takes care of orphans and, when the agent ends, ends with it. The kernel then kills
# whatever is left in the box at once, as a power cut does.
PATH=/.sim/bin
export PATH
ifconfig lo 127.0.0.1 up 2>/dev/null
# An address that other machines would use: who listens on 127.0.0.1 alone is not found there. Not every sandbox allows it.
if ip address add 192.0.2.1/32 dev lo 2>/dev/null; then
    echo 192.0.2.1 >/.sim/io/address
else
    echo 127.0.0.1 >/.sim/io/address
fi
exec 3<&0 </dev/null
/.sim/busybox sh /.sim/agent <&3 &
agent=$!
exec 3<&-
while kill -0 "$agent" 2>/dev/null; do
    wait "$agent"
done

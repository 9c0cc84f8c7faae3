# Runs jobs by the names that come on its input, and says how each ended. It is always reading, so it notices at once when the
# simulation is gone.
echo ready
while read -r job; do
    {
        /.sim/busybox sh "/.sim/jobs/$job" </dev/null >"/.sim/io/$job.out" 2>&1
        echo "$job $?"
    } &
done

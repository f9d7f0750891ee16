/** A thread of a cluster's worker: takes a shard, runs it, returns its counts packed. */
export { runShardTask } from "../src/cluster/shard-task.js";

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../cluster/redis-server.js";
import { hasProgram } from "./lab.js";

/** A Slurm of one node, of a test's own: its controller, its node's daemon and the munge that they trust each other by. */
export interface SlurmCluster {
  /** What sbatch and its like have to find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The state of a job when it has ended, such as COMPLETED. */
  ended(job: string): Promise<string>;
  stop(): Promise<void>;
}

const programs = ["munged", "slurmctld", "slurmd", "sbatch", "scontrol", "sinfo"];

/** Starts it; where that is not possible, why. Only root may run jobs as others, so a daemon wants to be root. */
export async function startSlurm(): Promise<SlurmCluster | string> {
  const without = programs.filter((name) => !hasProgram(name));
  if (without.length > 0) return `${without.join(", ")} not installed`;
  if (process.getuid?.() !== 0) return "not root";
  const folder = mkdtempSync(join(tmpdir(), "trapline-slurm-"));
  const at = (name: string): string => join(folder, name);
  for (const name of ["munge", "state", "spool"]) mkdirSync(at(name), { mode: 0o755 });
  writeFileSync(at("munge/key"), randomBytes(128), { mode: 0o400 });
  const host = hostname().split(".")[0];
  writeFileSync(at("slurm.conf"), await configOf(host, folder));
  const env = { SLURM_CONF: at("slurm.conf") };
  const daemons: ChildProcess[] = [];
  const start = (name: string, ...args: readonly string[]): void => {
    const child = spawn(name, args, { stdio: "ignore", env: { ...process.env, ...env } });
    child.on("error", () => undefined);
    daemons.push(child);
  };
  const ask = (name: string, ...args: readonly string[]): string =>
    spawnSync(name, args, { encoding: "utf8", env: { ...process.env, ...env } }).stdout ?? "";
  const cluster: SlurmCluster = {
    env,
    async ended(job) {
      for (;;) {
        // Of an array, a line for each of its tasks.
        const states = [...ask("scontrol", "show", "job", job).matchAll(/JobState=(\w+)/g)].map(
          ([, of]) => of,
        );
        if (states.length === 0) throw new Error(`Slurm does not know job ${job}`);
        if (!states.some((state) => /PENDING|RUNNING|COMPLETING|CONFIGURING/.test(state)))
          return states.join(" ");
        await wait(100);
      }
    },
    async stop() {
      for (const child of daemons.toReversed()) {
        if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
        const gone = once(child, "exit");
        child.kill("SIGTERM");
        await Promise.race([gone, wait(5_000).then(() => child.kill("SIGKILL"))]);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const munge = ["key-file", "socket", "pid-file", "log-file", "seed-file"].map((name) => {
    return `--${name}=${at(`munge/${name === "key-file" ? "key" : name}`)}`;
  });
  chmodSync(folder, 0o755);
  start("munged", "--foreground", "--force", ...munge);
  start("slurmctld", "-D", "-f", at("slurm.conf"));
  start("slurmd", "-D", "-f", at("slurm.conf"));
  for (let tries = 0; tries < 150; tries++) {
    if (ask("sinfo", "--noheader", "--format=%t").trim() === "idle") return cluster;
    await wait(100);
  }
  const log = ["ctld.log", "d.log"].map((name) => lastLines(at(name))).join(" ");
  await cluster.stop();
  return `it did not come up: ${log}`;
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, "utf8").trim().split("\n").slice(-3).join("; ");
  } catch {
    return "";
  }
}

/** No control groups, no accounting, nothing outside the folder; a second between looks at what waits. */
async function configOf(host: string, folder: string): Promise<string> {
  return `ClusterName=trapline
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${await freePort()}
SlurmdPort=${await freePort()}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/socket
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/ctld.pid
SlurmdPidFile=${folder}/d.pid
SlurmctldLogFile=${folder}/ctld.log
SlurmdLogFile=${folder}/d.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,sched_min_interval=1,batch_sched_delay=0
ReturnToService=2
MpiDefault=none
MinJobAge=300
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=2048 State=UNKNOWN
PartitionName=all Nodes=${host} Default=YES MaxTime=INFINITE State=UP
`;
}

import { describe, expect, test } from "vitest";
import { inlineExecutor, inOrder, poolExecutor } from "#src/replay/pool.js";

describe("a pool", () => {
  test("whose worker cannot be loaded fails with a word, and does not wait for ever", async () => {
    const pool = await poolExecutor<object, unknown>("nothing", "nothing", 1);
    await expect(pool.run({})).rejects.toMatchObject({ name: "TraplineError", code: "worker" });
    await pool.close();
  });

  test("that is told to stop calls its tasks off", async () => {
    const stop = new AbortController();
    const pool = await poolExecutor<object, unknown>("import", "runImportTask", 2, stop.signal);
    const running = pool.run({ path: "/nothing" });
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
    await pool.close();
  });
});

describe("tasks in order", () => {
  test("are answered in their order whichever ends first, few at a time", async () => {
    let open = 0;
    let most = 0;
    const executor = {
      width: 2,
      async run(task: number): Promise<number> {
        open++;
        most = Math.max(most, open);
        // The first of each pair waits for more turns of the event loop than the second.
        for (let turn = 0; turn < (task % 2 === 0 ? 5 : 1); turn++) await new Promise(setImmediate);
        open--;
        return task * 10;
      },
      close: () => Promise.resolve(),
    };
    const answers: number[] = [];
    for await (const { task, answer } of inOrder(executor, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])) {
      expect(answer).toBe(task * 10);
      answers.push(task);
    }
    expect(answers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(most).toBe(4);
  });

  test("hand on what a task throws", async () => {
    const executor = inlineExecutor((task: number) => {
      if (task === 2) throw new RangeError("two");
      return task;
    });
    const seen: number[] = [];
    const all = async (): Promise<void> => {
      for await (const { answer } of inOrder(executor, [0, 1, 2, 3])) seen.push(answer);
    };
    await expect(all()).rejects.toThrow("two");
    expect(seen).toEqual([0, 1]);
  });
});

import { DuckDBInstance } from "@duckdb/node-api";

/** What a database that knows nothing of trapline answers, each cell as text. */
export async function query(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

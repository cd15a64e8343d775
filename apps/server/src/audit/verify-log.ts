/** Proves a log in a directory, or says where it was tampered with. */
import { type ChainHead, ChainVerifier, type Verification } from './chain.ts'
import { listFiles, readLines } from './log-files.ts'

export interface VerifyOptions {
  /** Noted elsewhere: the log must reach it, and have this record there. */
  readonly head?: ChainHead
}

export async function verifyLog(directory: string, { head }: VerifyOptions = {}): Promise<Verification> {
  const files = await listFiles(directory)
  const verifier = new ChainVerifier(head)
  for await (const line of readLines(files)) {
    const problem = verifier.take(line)
    if (problem !== undefined) return problem
  }
  return verifier.result(files.at(-1)?.path ?? directory)
}

/** A text that a child process reads as its standard input, and of which it can never see only the beginning. */
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Opens a file without a name that holds all of `text`, calls `use` with its descriptor, at offset 0, and closes it.
 *
 * Through a pipe, a child would take what it got for the whole when this process is killed in the middle of writing.
 */
export function withWholeInput<Result>(text: string, use: (descriptor: number) => Result): Result {
  const descriptor = openNameless()
  try {
    writeWhole(descriptor, Buffer.from(text))
    return use(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Nobody else can open it, and nothing is left of it when this process is killed. */
function openNameless(): number {
  const path = join(tmpdir(), `margay-${process.pid}-${crypto.randomUUID()}`)
  const descriptor = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  return descriptor
}

/** At explicit positions, which leaves the offset, where the child begins to read, at 0. */
function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; )
    written += writeSync(descriptor, bytes, written, bytes.length - written, written)
}

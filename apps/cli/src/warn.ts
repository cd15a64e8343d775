import type { Io } from './io.ts'

/** One line on standard error; the command goes on. */
export function warn(line: string, { stderr }: Pick<Io, 'stderr'>): void {
  stderr.write(`warning: ${line}\n`)
}

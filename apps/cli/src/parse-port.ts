import { usageError } from './errors.ts'

/** The value of `--port`. @throws CliError */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port >= 0 && port <= 65_535) return port
  throw usageError(`--port: must be a whole number from 0 to 65535, but is ${JSON.stringify(text)}`)
}

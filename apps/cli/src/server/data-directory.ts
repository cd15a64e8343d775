/** Where a server keeps its data unless it is told. Source: XDG Base Directory Specification, $XDG_STATE_HOME. */
import { join } from 'node:path'
import type { Io } from '../io.ts'

export function defaultDataDirectory({ isRoot, env, homeDirectory }: Io): string {
  if (isRoot) return '/var/lib/margay'
  return join(env.XDG_STATE_HOME || join(homeDirectory, '.local', 'state'), 'margay')
}

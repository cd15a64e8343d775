/** What is compared: manifests as they are now, or as a revision of Git has them, or what a server has. */
import type { PolicyState } from '@margay/policy'
import type { ClientFlags } from '../api/client-options.ts'
import type { Io } from '../io.ts'
import { gitFiles } from '../manifests/git-files.ts'
import { loadState } from '../query/load-state.ts'

/** A path, or `REVISION:PATH` where no file has that name; undefined: a server. @throws CliError, FileError, ManifestError */
export async function loadSide(
  text: string | undefined,
  { kubeconfig, context }: ClientFlags,
  io: Io,
): Promise<PolicyState> {
  if (text === undefined) return loadState({ ...defined({ kubeconfig, context }) }, io)
  const colon = text.indexOf(':')
  if (text === '-' || colon <= 0 || io.files.exists(text)) return loadState({ filename: [text] }, io)
  const [revision, path] = [text.slice(0, colon), text.slice(colon + 1)]
  return loadState({ filename: [path === '' ? '.' : path] }, { ...io, files: gitFiles(revision, io) })
}

function defined(flags: Pick<ClientFlags, 'kubeconfig' | 'context'> | object): ClientFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
}

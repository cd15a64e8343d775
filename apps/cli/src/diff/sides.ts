/** What is compared: manifests as they are now, or as a revision of Git has them. */
import type { PolicyState } from '@margay/policy'
import type { Io } from '../io.ts'
import { gitFiles } from '../manifests/git-files.ts'
import { loadState } from '../query/load-state.ts'

/** A path, or `REVISION:PATH` where no file has that name. @throws CliError, FileError, ManifestError */
export async function loadSide(text: string, io: Io): Promise<PolicyState> {
  const colon = text.indexOf(':')
  if (text === '-' || colon <= 0 || io.files.exists(text)) return loadState([text], io)
  const [revision, path] = [text.slice(0, colon), text.slice(colon + 1)]
  return loadState([path === '' ? '.' : path], { ...io, files: gitFiles(revision, io) })
}

/** Which of the servers that share a store this one is: the same over restarts, so that it finds its own audit journal. */
import type { Random } from '../environment.ts'
import type { Files } from '../pki/ensure-pki.ts'

/** Made on the first call. Lower-case letters, digits and dashes. */
export async function serverId(path: string, files: Files, random: Random): Promise<string> {
  const known = (await files.read(path))?.trim()
  if (known !== undefined && known !== '') return known
  const id = random.uuid()
  await files.write(path, `${id}\n`, false)
  return id
}

/** A cpio archive, as the kernel unpacks it into its first file system. Source: Documentation/driver-api/early-userspace/buffer-format.rst. */

export interface ArchiveFile {
  /** Without a slash at the beginning. */
  readonly path: string
  readonly content: Uint8Array
}

/** Folders are made as files need them. All belongs to root, and can be run. */
export function cpioArchive(files: readonly ArchiveFile[]): Uint8Array {
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)))
  const entries = [
    ...[...folders].map((path) => entry(path, 0o040755, new Uint8Array())),
    ...files.map(({ path, content }) => entry(path, 0o100755, content)),
    entry('TRAILER!!!', 0, new Uint8Array()),
  ]
  return Buffer.concat(entries.flat())
}

/** Outer ones first. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** Of the format `newc`: a header of 13 numbers, the name and the content, each padded to a multiple of 4. */
function entry(path: string, mode: number, content: Uint8Array): Uint8Array[] {
  const name = Buffer.from(`${path}\0`)
  const [inode, owner, group, links, time, major, minor, check] = [0, 0, 0, 1, 0, 0, 0, 0]
  const numbers = [inode, mode, owner, group, links, time, content.length, major, minor, major, minor]
  const header = [...numbers, name.length, check].map((each) => each.toString(16).padStart(8, '0')).join('')
  const start = Buffer.from(`070701${header}`)
  return [start, name, padding(start.length + name.length), content, padding(content.length)]
}

function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3)
}

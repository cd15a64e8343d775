/** The files of a revision, as Git has them. */
import { posix } from 'node:path'
import { FileError } from '../errors.ts'
import type { DirectoryEntry, Files, Io } from '../io.ts'

/** Paths are those from the top of the repository. @throws CliError where there is no Git, no repository or no such revision */
export function gitFiles(revision: string, { git }: Pick<Io, 'git'>): Files {
  const paths = git(['ls-tree', '-r', '-z', '--name-only', '--full-tree', revision])
    .split('\0')
    .filter((path) => path !== '')
  const known = new Set(paths)
  const below = (directory: string) => {
    const prefix = directory === '.' ? '' : `${directory}/`
    return paths.filter((path) => path.startsWith(prefix))
  }
  const exists = (path: string) => known.has(normal(path)) || below(normal(path)).length > 0
  const need = (path: string) => {
    if (!exists(path))
      throw new FileError(`${revision}:${path}`, 'no such file or directory in that revision')
    return normal(path)
  }
  return {
    exists,
    isDirectory: (path) => !known.has(need(path)),
    readText: (path) => git(['show', `${revision}:${need(path)}`]),
    list: (path) => entriesOf(below(need(path)), need(path), known),
  }
}

function normal(path: string): string {
  const short = posix.normalize(path).replace(/\/$/, '')
  return short === '' ? '.' : short
}

function entriesOf(
  paths: readonly string[],
  directory: string,
  known: ReadonlySet<string>,
): DirectoryEntry[] {
  const names = new Set(paths.map((path) => posix.relative(directory, path).split('/')[0] ?? ''))
  return [...names].map((name) => ({ name, isDirectory: !known.has(normal(posix.join(directory, name))) }))
}

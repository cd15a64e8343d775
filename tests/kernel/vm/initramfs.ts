/** A first file system with Node, one bundled program, and modules of the kernel: what a machine needs that runs one test. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { type ArchiveFile, cpioArchive } from './cpio.ts'

const nodeModules = resolve(import.meta.dirname, '../../../node_modules')

export interface InitramfsSpec {
  /** A TypeScript file: it finds the paths of the modules, in the order in which they are loaded, in `/modules.json`. */
  readonly program: string
  /** `/lib/modules/VERSION`. */
  readonly modulesFolder: string
  /** Names such as `wireguard`. */
  readonly modules: readonly string[]
}

/** Node is at `/bin/node`, the program at `/program.mjs`. */
export async function buildInitramfs({
  program,
  modulesFolder,
  modules,
}: InitramfsSpec): Promise<Uint8Array> {
  const names = modulesWithDependencies(readFileSync(join(modulesFolder, 'modules.dep'), 'utf8'), modules)
  const moduleFiles = names.map((name) => fileOf(join(modulesFolder, name), `modules/${name}`))
  const node = process.execPath
  const koffi = ['koffi/package.json', 'koffi/index.js', ...filesIn('koffi/src'), ...filesIn('@koromix')]
  return cpioArchive([
    fileOf(node, 'bin/node'),
    ...librariesOf(node).map((path) => fileOf(path, path.slice(1))),
    ...koffi.map((path) => fileOf(join(nodeModules, path), `node_modules/${path}`)),
    ...moduleFiles,
    textFile('modules.json', JSON.stringify(moduleFiles.map(({ path }) => `/${path}`))),
    textFile('program.mjs', await bundled(program)),
  ])
}

/** Each after what it depends on. `modules.dep` has a line for each module: its path, and those it needs, the nearest first. */
export function modulesWithDependencies(modulesDep: string, wanted: readonly string[]): string[] {
  const lines = modulesDep.split('\n').map((line) => line.split(/:? /).map((path) => path.replace(/:$/, '')))
  const all = wanted.flatMap((name) => {
    const line = lines.find(([path = '']) => new RegExp(`/${name}\\.ko(\\.|$)`).test(path))
    if (line === undefined) throw new Error(`there is no module ${name}`)
    return line.filter((path) => path !== '').reverse()
  })
  return [...new Set(all)]
}

/** Shared libraries, and the program that loads them, at their places. */
function librariesOf(binary: string): string[] {
  const output = execFileSync('ldd', [binary], { encoding: 'utf8' })
  return [...output.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path)
}

function filesIn(folder: string): string[] {
  return readdirSync(join(nodeModules, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(nodeModules.length + 1))
}

function fileOf(source: string, path: string): ArchiveFile {
  return { path, content: readFileSync(source) }
}

function textFile(path: string, text: string): ArchiveFile {
  return { path, content: Buffer.from(text) }
}

async function bundled(program: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: dirname(program),
    entryPoints: [program],
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi'],
    logLevel: 'warning',
  })
  return outputFiles[0]?.text ?? ''
}

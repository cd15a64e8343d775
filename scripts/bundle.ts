/**
 * Bundles the margay command into apps/cli/dist/margay.js and chunks beside it, which need node_modules only for koffi.
 *
 * Safe while margay runs: a chunk's name holds the hash of its content, so it never changes, and the entry is replaced at
 * once by a rename. A process that still runs may load chunks of its own build, so old ones stay for a day.
 */
import { chmod, mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { build, type OutputFile, type Plugin } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const target = join(root, 'apps/cli/dist')
const chunks = join(target, 'chunks')
const keepChunksMs = 24 * 60 * 60 * 1000
const startedAt = new Date()

/** Dependencies that are CommonJS load Node's modules by `require`, which ES modules don't have. */
const requireForDependencies = `import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);`

const files = await bundle()
for (const file of entryLast(files)) await publish(file)
await removeOldChunks()

async function bundle(): Promise<OutputFile[]> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { margay: 'apps/cli/src/main.ts' },
    outdir: target,
    chunkNames: 'chunks/[name]-[hash]',
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // V8 keeps the source of what runs: with comments in it, of which some are not Latin, it takes 5 MB instead of one.
    minifyWhitespace: true,
    external: ['koffi'],
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    banner: { js: requireForDependencies },
    plugins: [ownModules()],
    logLevel: 'warning',
  })
  return outputFiles
}

/** Whoever sees the new entry must find its chunks. */
function entryLast(files: readonly OutputFile[]): OutputFile[] {
  return files.toSorted((a, b) => Number(isEntry(a)) - Number(isEntry(b)))
}

function isEntry({ path }: OutputFile): boolean {
  return basename(path) === 'margay.js'
}

async function publish(file: OutputFile): Promise<void> {
  await mkdir(dirname(file.path), { recursive: true })
  const temporary = `${file.path}.${process.pid}.tmp`
  await writeFile(temporary, file.contents)
  if (isEntry(file)) {
    await chmod(temporary, 0o755)
    // A source that is saved while this runs must count as newer than the bundle.
    await utimes(temporary, startedAt, startedAt)
  }
  await rename(temporary, file.path)
}

/** Those of this build have just been written. */
async function removeOldChunks(): Promise<void> {
  for (const name of await readdir(chunks)) {
    const path = join(chunks, name)
    const { mtimeMs } = await stat(path)
    if (startedAt.getTime() - mtimeMs > keepChunksMs) await rm(path, { force: true })
  }
}

/**
 * Our modules only define things, so whatever a command doesn't use of them need not be loaded. A plugin tells esbuild,
 * which else assumes that any call at the top of a module matters.
 */
function ownModules(): Plugin {
  return {
    name: 'own-modules-have-no-side-effects',
    setup: ({ onResolve, resolve }) => {
      onResolve({ filter: /^(?:@margay\/|\.)/ }, async ({ path, pluginData, ...rest }) => {
        if (
          rest.kind === 'entry-point' ||
          pluginData === 'resolving' ||
          rest.importer.includes('/node_modules/')
        )
          return undefined
        const resolved = await resolve(path, { ...rest, pluginData: 'resolving' })
        return { ...resolved, sideEffects: false }
      })
    },
  }
}

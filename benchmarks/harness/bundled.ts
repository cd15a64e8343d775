/** A program as it would be shipped: bundled, so that its memory and start are not those of a TypeScript loader. */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const repository = join(import.meta.dirname, '../..')

/** Dependencies that are CommonJS load Node's modules by `require`, which ES modules don't have. */
const banner = `import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);`

/**
 * The path of the bundle, in a directory that Git ignores: koffi is still found beside the sources. It is there in one piece, also where
 * somebody else makes the same one at the same time.
 */
export async function bundled(entry: string, name: string): Promise<string> {
  const path = join(repository, 'benchmarks/dist', `${name}.js`)
  const outfile = `${path}.${process.pid}`
  await build({
    absWorkingDir: repository,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // As in scripts/bundle.ts.
    minifyWhitespace: true,
    external: ['koffi'],
    banner: { js: banner },
    logLevel: 'warning',
  })
  await rename(outfile, path)
  return path
}

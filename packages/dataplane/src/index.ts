export { compile } from './compile/compile.ts'
export { type CompileOptions, defaultCompileOptions } from './compile/options.ts'

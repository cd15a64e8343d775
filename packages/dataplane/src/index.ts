export { compile } from './compile/compile.ts'
export { type CompileOptions, defaultCompileOptions, type NodeView } from './compile/options.ts'

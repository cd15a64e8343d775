export { type CompileOptions, compile, defaultCompileOptions } from './compile/compile.ts'
export {
  type NftChain,
  type NftMap,
  type NftMapElement,
  type NftSet,
  type NftTable,
  tableName,
} from './nft/table.ts'
export { type Known, renderDelta } from './reconcile/render-delta.ts'
export { renderTransactions } from './reconcile/render-transactions.ts'

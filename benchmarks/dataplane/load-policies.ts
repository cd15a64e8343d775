/** `node load-policies.ts NETNS NODE POLICIES`: brings so many policies at both pods of a node into its kernel, and prints `loaded`. */
import { buildPolicyState } from '@margay/policy'
import { enforce } from './enforcement.ts'
import { worldWith } from './policies-at-both.ts'

const [netns = '', node = '', policies] = process.argv.slice(2)
enforce(netns, buildPolicyState(worldWith(Number(policies), node)).state, node)
console.log('loaded')

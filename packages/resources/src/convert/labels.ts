/** Labels that conversion gives to endpoints, beside their own. Source: spec/api.md 3.4. */
export const namespaceLabel = 'projectcalico.org/namespace'
export const orchestratorLabel = 'projectcalico.org/orchestrator'
export const serviceAccountLabel = 'projectcalico.org/serviceaccount'

/** What an endpoint inherits from its namespace and from its service account is told apart by a prefix. */
export const namespacePrefix = 'pcns.'
export const serviceAccountPrefix = 'pcsa.'

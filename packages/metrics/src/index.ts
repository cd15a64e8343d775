export { formatMetrics, type Metric, prometheusContentType, type Sample } from './prometheus-text.ts'

/**
 * How a client runs a query over several partitions: the query that each partition gets instead, and what the client
 * makes of the answers ("Querying Azure Cosmos DB resources using the REST API"; shapes as the SDKs read them).
 */
import { badRequest } from '../errors.ts'
import type { Json, JsonObject } from '../json.ts'
import { aggregateNames } from './aggregates.ts'
import { childrenOf, documentAlias, type Expression, type Query } from './ast.ts'
import type { CompiledQuery } from './compile-query.ts'
import { printExpression, printFrom, printOrder, printQuery } from './print.ts'

/** Clients put a condition here that resumes a sorted query, or `true`. */
const filterPlaceholder = '{documentdb-formattableorderbyquery-filter}'

const aggregateTypes: Readonly<Record<string, string>> = {
  COUNT: 'Count',
  COUNTIF: 'CountIf',
  SUM: 'Sum',
  AVG: 'Average',
  MIN: 'Min',
  MAX: 'Max',
}

/** Whether a page of results can be told from what one page of each partition holds. Otherwise it takes a plan. */
export const needsPlan = ({ syntax, select }: CompiledQuery): boolean =>
  select.isGrouped ||
  select.distinct ||
  syntax.orderBy.length > 0 ||
  syntax.top !== undefined ||
  syntax.offset !== undefined

/** Throws 400 for what cannot be put together from the answers of several partitions. */
export const queryPlan = (query: CompiledQuery): JsonObject => {
  const { syntax, select } = query
  const { orderBy, groupBy } = syntax
  const hasSelectValue = syntax.select.kind === 'value'
  const types = select.isGrouped ? typesOf(syntax) : {}
  const aggregates = Object.values(types).filter((type) => type !== null)
  const isFirst = select.isGrouped || (syntax.distinct && orderBy.length > 0)
  const queryInfo = {
    distinctType: syntax.distinct ? (isOrderedDistinct(syntax) ? 'Ordered' : 'Unordered') : 'None',
    top: syntax.top === undefined ? null : select.end,
    offset: syntax.offset === undefined ? null : select.start,
    limit: syntax.offset === undefined ? null : select.end - select.start,
    orderBy: orderBy.map(({ descending }) => (descending ? 'Descending' : 'Ascending')),
    orderByExpressions: orderBy.map(({ expression }) => printExpression(expression)),
    groupByExpressions: groupBy.map(printExpression),
    groupByAliases: hasSelectValue ? [] : Object.keys(types).filter((name) => types[name] === null),
    aggregates: groupBy.length > 0 && !hasSelectValue ? [] : aggregates,
    groupByAliasToAggregateType: hasSelectValue ? {} : types,
    rewrittenQuery: rewritten(syntax, isFirst ? undefined : select.end),
    ...{ hasSelectValue, dCountInfo: null, hasNonStreamingOrderBy: false },
  }
  const queryRanges = [{ min: '', max: 'FF', isMinInclusive: true, isMaxInclusive: false }]
  return { partitionedQueryExecutionInfoVersion: 2, queryInfo, queryRanges }
}

/** The aggregate of each selected property, null where it has none. A bare value has the name `''`. */
const typesOf = ({ select, groupBy }: Query): JsonObject => {
  const types: JsonObject = {}
  const items =
    select.kind === 'list' ? select.items : select.kind === 'value' ? [['', select.expression] as const] : []
  for (const [name, expression] of items) {
    const type = expression.kind === 'call' ? aggregateTypes[expression.name] : undefined
    if (type === undefined && holdsAggregate(expression)) {
      throw badRequest(
        select.kind === 'value' && groupBy.length === 0
          ? "Cross partition query only supports 'VALUE <AggregateFunc>' for aggregates."
          : 'Compositions of aggregates and other expressions are not allowed.',
      )
    }
    types[name] = type ?? (null as Json)
  }
  return types
}

const holdsAggregate = (expression: Expression): boolean =>
  (expression.kind === 'call' && aggregateNames.has(expression.name)) || childrenOf(expression).some(holdsAggregate)

/** Equal results come one after the other. */
const isOrderedDistinct = ({ select, orderBy }: Query): boolean => {
  const selected =
    select.kind === 'value' ? [select.expression] : select.kind === 'list' ? select.items.map(([, e]) => e) : []
  const texts = (list: readonly Expression[]): string => list.map(printExpression).sort().join()
  return orderBy.length > 0 && texts(selected) === texts(orderBy.map(({ expression }) => expression))
}

/** `end`: the most results of a partition that can be among those wanted; undefined: all of them. */
const rewritten = (query: Query, end: number | undefined): string => {
  const isGrouped = query.groupBy.length > 0 || Object.values(typesOf(query)).some((type) => type !== null)
  const { top, limit } = end !== undefined && Number.isFinite(end) ? limits(query, end) : unlimited
  if (isGrouped)
    return [`SELECT ${groupSelection(query)}`, ...printFrom(query), ...condition(query), ...grouping(query)].join(' ')
  if (query.orderBy.length === 0) return printQuery({ ...query, top, ...limit })
  const alias = documentAlias(query)
  const items = query.orderBy.map(({ expression }) => item(printExpression(expression)))
  return [
    `SELECT ${top === undefined ? '' : `TOP ${printExpression(top)} `}`,
    alias === undefined ? '' : `${alias}._rid, `,
    `[${items.join(', ')}] AS orderByItems, ${payload(query, printExpression)} AS payload `,
    [...printFrom(query), ...condition(query, filterPlaceholder), ...printOrder(query.orderBy)].join(' '),
    ...(limit.limit === undefined ? [] : [` OFFSET 0 LIMIT ${printExpression(limit.limit)}`]),
  ].join('')
}

interface Limits {
  readonly top: Expression | undefined
  readonly limit: { readonly offset: Expression | undefined; readonly limit: Expression | undefined }
}

const unlimited: Limits = { top: undefined, limit: { offset: undefined, limit: undefined } }

const limits = (query: Query, end: number): Limits => {
  const wanted: Expression = { kind: 'literal', value: end }
  if (query.top !== undefined) return { ...unlimited, top: wanted }
  return { top: undefined, limit: { offset: { kind: 'literal', value: 0 }, limit: wanted } }
}

const condition = ({ where }: Query, filter?: string): readonly string[] => {
  const parts = [
    ...(where === undefined ? [] : [printExpression(where)]),
    ...(filter === undefined ? [] : [`(${filter})`]),
  ]
  return parts.length === 0 ? [] : ['WHERE', parts.join(' AND ')]
}

const grouping = ({ groupBy }: Query): readonly string[] =>
  groupBy.length === 0 ? [] : ['GROUP BY', groupBy.map(printExpression).join(', ')]

const groupSelection = (query: Query): string => {
  const parts = payload(query, partial)
  if (query.groupBy.length > 0) {
    const items = query.groupBy.map((expression) => item(printExpression(expression)))
    return `[${items.join(', ')}] AS groupByItems, ${parts} AS payload`
  }
  return query.select.kind === 'value' ? `VALUE ${parts}` : `${parts} AS payload`
}

/** What is selected, as one expression. */
const payload = ({ select, sources }: Query, print: (expression: Expression) => string): string => {
  if (select.kind === 'all') return sources[0]?.alias ?? 'undefined'
  if (select.kind === 'list') {
    return `{${select.items.map(([name, expression]) => `${JSON.stringify(name)}: ${print(expression)}`).join(', ')}}`
  }
  const text = print(select.expression)
  return print === partial && holdsAggregate(select.expression) ? `[${text}]` : text
}

/** An aggregate over one partition, in a form that can be put together with those of others. */
const partial = (expression: Expression): string => {
  if (expression.kind !== 'call' || !aggregateNames.has(expression.name)) return printExpression(expression)
  const { name } = expression
  const of = expression.arguments.map(printExpression).join(', ')
  if (name === 'AVG') return item(`{"sum": SUM(${of}), "count": COUNT(${of})}`)
  if (name !== 'MIN' && name !== 'MAX') return item(`${name}(${of})`)
  return `{"item": ${name}(${of}), "item2": {"${name.toLowerCase()}": ${name}(${of}), "count": COUNT(${of})}}`
}

const item = (text: string): string => `{"item": ${text}}`

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testCosmos, type TestCosmos } from './support.ts'

/** The value of an expression on one document; undefined where it has none. */
const evaluator = async (cosmos: TestCosmos): Promise<(expression: string) => Promise<unknown>> => {
  const items = await cosmos.container()
  await items.items.create({
    id: '1',
    pk: 'a',
    s: 'Mill Race',
    n: -2.5,
    list: [3, 1, 2, 1],
    o: { k: 1, deep: { x: [] } },
  })
  return async (expression) => {
    const query = `SELECT ${expression} AS v FROM c`
    const { resources } = await items.items.query<{ v?: unknown }>(query, { partitionKey: 'a' }).fetchAll()
    assert.equal(resources.length, 1, expression)
    return resources[0]?.v
  }
}

const holds = (cases: readonly (readonly [expression: string, value: unknown])[]) => async (cosmos: TestCosmos) => {
  const valueOf = await evaluator(cosmos)
  for (const [expression, value] of cases) assert.deepEqual(await valueOf(expression), value, expression)
}

test('operators, by their precedence and with undefined', async (t) => {
  await holds([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['7 % 4 - 1', 2],
    ['-2 - -3', 1],
    ['1 = 1 AND NOT 2 < 1 OR false', true],
    ['NOT NOT true', true],
    ['5 & 3', 1],
    ['5 | 3', 7],
    ['5 ^ 3', 6],
    ['~5', -6],
    ['1 << 3', 8],
    ['-8 >> 1', -4],
    ['-8 >>> 28', 15],
    ['"a" || "b" = "ab"', true],
    ['1 / 0', undefined],
    ['1 + "1"', undefined],
    ['1 = "1"', undefined],
    ['1 != "1"', undefined],
    ['c.missing = c.missing', undefined],
    ['c.missing ?? c.other ?? 3', 3],
    ['null ?? 3', null],
    ['c.missing ? 1 : 2', 2],
    ['true ? false ? 1 : 2 : 3', 2],
    ['undefined AND false', false],
    ['undefined OR true', true],
    ['undefined AND true', undefined],
    ['"b" BETWEEN "a" AND "c"', true],
    ['"b" IN ("a", "b")', true],
    ['{a: 1, b: [2]} = {b: [2], a: 1}', true],
    ['[1, undefined, 2]', [1, 2]],
    ['{a: undefined, "b c": 1}', { 'b c': 1 }],
    ['c["s"]', 'Mill Race'],
    ['c.list[0]', 3],
    ['c.list["0"]', undefined],
    ['c.o.deep.x', []],
    ["'it\\'s \\u00e9\\n'", "it's é\n"],
    ['1e3 + .5', 1000.5],
    ['1 /* one */ + 1 -- two\n', 2],
  ])(await testCosmos(t))
})

test('LIKE knows wildcards, sets and ESCAPE', async (t) => {
  await holds([
    ['c.s LIKE "Mill%"', true],
    ['c.s LIKE "%race"', false],
    ['c.s LIKE "M__l Race"', true],
    ['c.s LIKE "[A-N]ill%"', true],
    ['c.s LIKE "[^A-N]ill%"', false],
    ['c.s NOT LIKE "x%"', true],
    ['"50%" LIKE "50!%" ESCAPE "!"', true],
    ['"501" LIKE "50!%" ESCAPE "!"', false],
    ['"a.b" LIKE "a.b"', true],
    ['"axb" LIKE "a.b"', false],
    ['"(a)\\\\" LIKE "(_)\\\\"', true],
    ['1 LIKE "1"', undefined],
  ])(await testCosmos(t))
})

test('string functions', async (t) => {
  await holds([
    ['CONCAT("a", "b", "c")', 'abc'],
    ['CONCAT("a", 1)', undefined],
    ['CONTAINS(c.s, "mill")', false],
    ['CONTAINS(c.s, "mill", true)', true],
    ['STARTSWITH(c.s, "Mill")', true],
    ['ENDSWITH(c.s, "RACE", true)', true],
    ['StringEquals("a", "A", true)', true],
    ['INDEX_OF(c.s, "l")', 2],
    ['INDEX_OF(c.s, "l", 3)', 3],
    ['INDEX_OF(c.s, "z")', -1],
    ['LEFT(c.s, 4)', 'Mill'],
    ['RIGHT(c.s, 4)', 'Race'],
    ['RIGHT(c.s, 99)', 'Mill Race'],
    ['LENGTH(c.s)', 9],
    ['LOWER(c.s)', 'mill race'],
    ['UPPER(c.s)', 'MILL RACE'],
    ['LTRIM("  a ")', 'a '],
    ['RTRIM(" a  ")', ' a'],
    ['TRIM("  a ")', 'a'],
    ['REPLACE("aXbX", "X", "-")', 'a-b-'],
    ['REPLACE("$&", "&", "$1")', '$$1'],
    ['REPLICATE("ab", 3)', 'ababab'],
    ['REPLICATE("ab", -1)', undefined],
    ['REVERSE("abc")', 'cba'],
    ['SUBSTRING(c.s, 5, 4)', 'Race'],
    ['SUBSTRING(c.s, 5, 99)', 'Race'],
    ['ToString(1.5)', '1.5'],
    ['ToString(true)', 'true'],
    ['ToString(c.missing)', undefined],
    ['StringToNumber(" 1e2 ")', 100],
    ['StringToNumber("1x")', undefined],
    ['StringToBoolean("true")', true],
    ['StringToBoolean("1")', undefined],
    ['StringToNull("null")', null],
    ['StringToArray("[1, [2]]")', [1, [2]]],
    ['StringToObject("{\\"a\\": 1}")', { a: 1 }],
    ['StringJoin(["a", "b"], "-")', 'a-b'],
    ['StringSplit("a-b", "-")', ['a', 'b']],
    ['RegexMatch(c.s, "^mill")', false],
    ['RegexMatch(c.s, "^mill", "i")', true],
    ['RegexMatch(c.s, "^ mill # first", "xi")', true],
  ])(await testCosmos(t))
})

test('math functions', async (t) => {
  await holds([
    ['ABS(c.n)', 2.5],
    ['CEILING(c.n)', -2],
    ['FLOOR(c.n)', -3],
    ['ROUND(c.n)', -3],
    ['ROUND(2.4)', 2],
    ['ROUND(1.2345, 2)', 1.23],
    ['TRUNC(c.n)', -2],
    ['SIGN(c.n)', -1],
    ['SQRT(9)', 3],
    ['SQRT(-1)', undefined],
    ['SQUARE(3)', 9],
    ['POWER(2, 10)', 1024],
    ['EXP(0)', 1],
    ['LOG(1)', 0],
    ['LOG(8, 2)', 3],
    ['LOG10(1000)', 3],
    ['PI()', Math.PI],
    ['SIN(0) + COS(0) + TAN(0)', 1],
    ['DEGREES(PI())', 180],
    ['RADIANS(180) = PI()', true],
    ['ATN2(0, 1)', 0],
    ['NumberBin(37, 10)', 30],
    ['IntAdd(2, 3) + IntSub(2, 3) + IntMul(2, 3)', 10],
    ['IntDiv(7, 2)', 3],
    ['IntDiv(7, 0)', undefined],
    ['IntMod(7, 4)', 3],
    ['IntBitAnd(6, 3) + IntBitOr(6, 3) + IntBitXor(6, 3) + IntBitNot(0)', 13],
    ['IntBitLeftShift(1, 40)', 2 ** 40],
    ['IntBitRightShift(1024, 3)', 128],
    ['ABS("1")', undefined],
  ])(await testCosmos(t))
})

test('array, object and set functions', async (t) => {
  await holds([
    ['ARRAY_LENGTH(c.list)', 4],
    ['ARRAY_CONCAT([1], [2, 3], [])', [1, 2, 3]],
    ['ARRAY_CONTAINS(c.list, 2)', true],
    ['ARRAY_CONTAINS([{a: 1, b: 2}], {a: 1}, true)', true],
    ['ARRAY_CONTAINS([{a: 1, b: 2}], {a: 1})', false],
    ['ARRAY_CONTAINS_ANY(c.list, 9, 1)', true],
    ['ARRAY_CONTAINS_ALL(c.list, 9, 1)', false],
    ['ARRAY_SLICE(c.list, 1)', [1, 2, 1]],
    ['ARRAY_SLICE(c.list, 1, 2)', [1, 2]],
    ['ARRAY_SLICE(c.list, -2, 1)', [2]],
    ['ARRAY_SUM(c.list)', 7],
    ['ARRAY_AVG(c.list)', 1.75],
    ['ARRAY_MIN(c.list)', 1],
    ['ARRAY_MAX(c.list)', 3],
    ['ARRAY_MEDIAN(c.list)', 1.5],
    ['CHOOSE(2, "a", "b")', 'b'],
    ['ObjectToArray({a: 1})', [{ k: 'a', v: 1 }]],
    ['ObjectToArray({a: 1}, "name", "value")', [{ name: 'a', value: 1 }]],
    ['SetIntersect([1, 2, 2, 3], [3, 2])', [2, 3]],
    ['SetUnion([1, 2, 2], [3, 2])', [1, 2, 3]],
    ['SetDifference([1, 2], [2])', [1]],
    ['SetEqual([1, 2], [2, 1, 1])', true],
  ])(await testCosmos(t))
})

test('type functions and IIF', async (t) => {
  await holds([
    ['IS_ARRAY(c.list)', true],
    ['IS_OBJECT(c.o)', true],
    ['IS_OBJECT(c.list)', false],
    ['IS_DEFINED(c.missing)', false],
    ['IS_NULL(c.missing)', false],
    ['IS_BOOL(1 = 1)', true],
    ['IS_PRIMITIVE(null)', true],
    ['IS_INTEGER(c.n)', false],
    ['IS_FINITE_NUMBER(c.n)', true],
    ['IIF(true, 1, 2)', 1],
    ['IIF("true", 1, 2)', 2],
  ])(await testCosmos(t))
})

test('date functions', async (t) => {
  const at = '"2026-02-28T23:59:58.1234567Z"'
  await holds([
    [`DateTimePart("yyyy", ${at})`, 2026],
    [`DateTimePart("month", ${at})`, 2],
    [`DateTimePart("dd", ${at})`, 28],
    [`DateTimePart("hh", ${at})`, 23],
    [`DateTimePart("mi", ${at})`, 59],
    [`DateTimePart("ss", ${at})`, 58],
    [`DateTimePart("ms", ${at})`, 123],
    [`DateTimePart("mcs", ${at})`, 123456],
    [`DateTimePart("ns", ${at})`, 123456700],
    [`DateTimeAdd("ss", 2, ${at})`, '2026-03-01T00:00:00.1234567Z'],
    [`DateTimeAdd("mm", 1, ${at})`, '2026-03-28T23:59:58.1234567Z'],
    ['DateTimeAdd("mm", 1, "2026-01-31T00:00:00.0000000Z")', '2026-02-28T00:00:00.0000000Z'],
    ['DateTimeAdd("yyyy", -1, "2024-02-29T00:00:00.0000000Z")', '2023-02-28T00:00:00.0000000Z'],
    ['DateTimeDiff("yyyy", "2028-01-01T01:02:03.1234527Z", "2020-01-03T01:02:03.1234567Z")', -8],
    ['DateTimeDiff("hh", "2020-01-01T01:02:03.1234527Z", "2020-01-03T01:02:03.1234567Z")', 48],
    [`DateTimeBin(${at}, "hh")`, '2026-02-28T23:00:00.0000000Z'],
    [`DateTimeBin(${at}, "mi", 15)`, '2026-02-28T23:45:00.0000000Z'],
    ['DateTimeFromParts(2026, 9, 4)', '2026-09-04T00:00:00.0000000Z'],
    ['DateTimeFromParts(2026, 9, 4, 1, 2, 3, 1234567)', '2026-09-04T01:02:03.1234567Z'],
    ['DateTimeFromParts(2026, 2, 30)', undefined],
    ['DateTimeToTimestamp("2020-07-08T23:00:00.0000000Z")', 1_594_249_200_000],
    ['DateTimeToTicks("2020-07-08T23:00:00.0000000Z")', 15_942_492_000_000_000],
    ['TimestampToDateTime(1594227912345)', '2020-07-08T17:05:12.3450000Z'],
    ['TicksToDateTime(15942279123456000)', '2020-07-08T17:05:12.3456000Z'],
    ['DateTimePart("yyyy", "yesterday")', undefined],
    ['DateTimePart("era", "2020-01-01")', undefined],
  ])(await testCosmos(t))
})

test("the current time is the server's", async (t) => {
  const cosmos = await testCosmos(t)
  const valueOf = await evaluator(cosmos)
  cosmos.advance(600)
  const expected = Date.now() + 600_000
  assert.ok(Math.abs(Number(await valueOf('GetCurrentTimestamp()')) - expected) < 60_000)
  assert.ok(Math.abs(Number(await valueOf('GetCurrentTicks()')) / 10_000 - expected) < 60_000)
  const text = String(await valueOf('GetCurrentDateTime()'))
  assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/)
  assert.ok(Math.abs(Date.parse(text) - expected) < 60_000)
})

test('a function that is unknown or called with too few arguments is refused', async (t) => {
  const cosmos = await testCosmos(t)
  const valueOf = await evaluator(cosmos)
  await assert.rejects(valueOf('NO_SUCH(1)'), /'NO_SUCH' is not a recognized built-in function name/)
  await assert.rejects(valueOf('LEFT("a")'), /The LEFT function requires 2 argument\(s\), but 1 were given/)
  await assert.rejects(valueOf('ROUND(1, 2, 3)'), /The ROUND function requires 1 to 2 argument\(s\), but 3 were given/)
  await assert.rejects(valueOf('RegexMatch("a", "(")'), /is not a valid regular expression/)
})

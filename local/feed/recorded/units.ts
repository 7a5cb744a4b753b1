/** Conversions to the units that the streams use. */

export const units = {
  'fahrenheit-to-celsius': (value: number) => ((value - 32) * 5) / 9,
  'kelvin-to-celsius': (value: number) => value - 273.15,
  'pascal-to-hectopascal': (value: number) => value / 100,
  'fraction-to-percent': (value: number) => value * 100,
  'seconds-to-milliseconds': (value: number) => value * 1_000,
} as const

export type Unit = keyof typeof units

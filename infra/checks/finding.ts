/** One thing that is wrong. */
export interface Finding {
  /** Name of the rule that says so. */
  readonly rule: string
  /** File with line, or parameter set with resource. */
  readonly where: string
  /** What is wrong and what was expected. */
  readonly message: string
}

export const formatFinding = ({ rule, where, message }: Finding): string => `${where}: ${rule}: ${message}`

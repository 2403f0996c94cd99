/** From a logit to a probability. */
export const logistic = (value: number): number => 1 / (1 + Math.exp(-value));

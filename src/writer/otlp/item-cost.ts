/** The limit of items is kept in eighths of an item: a message costs a hundred bytes and more, a number in a list about ten. */
export const itemCost = 8;
export const elementCost = 1;

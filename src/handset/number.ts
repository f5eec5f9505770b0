const NATIONAL = /[17]\d{8}$/;

/** Whether it is a subscriber's number as it is on the wire. */
export function isSubscriber(text: string): boolean {
  return /^254[17]\d{8}$/.test(text);
}

/** What to write for a number in another form (`0712 345 678`). */
export function rightForm(text: string): string {
  const [national] = NATIONAL.exec(text.replace(/[\s().-]/g, '')) ?? [];
  return national === undefined
    ? 'It must be 12 digits and begin with 2547 or 2541, such as 254700000005.'
    : `Write it as 254${national}.`;
}

import { hash } from 'node:crypto';
import { seededPhone } from './seeds.ts';

/** What who holds a phone is called, in parts. */
export interface Names {
  first: string;
  /** '' where there is none. */
  middle: string;
  last: string;
}

const firstNames = words(
  'Abdi Achieng Amani Asha Baraka Beatrice Caroline Charles Daniel Dorcas Elijah Faith Fatuma Fredrick Gladys Halima',
  'Hellen Ibrahim Jackline Joseph Joyce Juma Kevin Lilian Margaret Mercy Moses Naomi Nancy Patrick Peter Rehema',
  'Rose Ruth Salim Samuel Sharon Stephen Victor Winnie',
);
const middleNames = words(
  'Adhiambo Akoth Atieno Chepkemoi Cherono Jelagat Kibet Kipchumba Kiplagat Makena Mumbi Mutheu Muthoni Mwende',
  'Mwikali Nafula Nekesa Nyambura Odhiambo Ochieng Omondi Wafula Waithera Wairimu Wanjiku Wangari',
);
const lastNames = words(
  'Barasa Chebet Cheruiyot Gitau Hassan Kamau Karanja Kariuki Kilonzo Kimani Kiprono Kosgei Langat Macharia Maina',
  'Mbugua Mohamed Muli Musyoka Mutiso Mwangi Ndungu Ngugi Njoroge Nyaga Ochieng Okello Onyango Ouma Rotich',
  'Wafula Wekesa',
);

/**
 * The names of a number's subscriber: those that are promised, else some that follow from the number, so that
 * every process says the same and nothing is stored.
 */
export function namesOf(msisdn: string): Names {
  const seed = seededPhone(msisdn);
  if (seed !== undefined) {
    const [first = '', last = ''] = seed.name.split(' ');
    return { first, middle: '', last };
  }
  const bytes = hash('sha256', `names\n${msisdn}`, 'buffer');
  const one = (names: readonly string[], at: number) => names[bytes.readUInt32BE(at) % names.length] ?? '';
  return { first: one(firstNames, 0), middle: one(middleNames, 4), last: one(lastNames, 8) };
}

/** Whether the holder has an M-Pesa account. */
export function isRegistered(msisdn: string): boolean {
  return seededPhone(msisdn)?.wallet?.unregistered !== true;
}

export function fullName({ first, middle, last }: Names): string {
  return [first, middle, last].filter((name) => name !== '').join(' ');
}

function words(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(' '));
}

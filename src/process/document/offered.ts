import type { ProductName } from '../../mpesa/catalogue.ts';
import { productSettings } from '../../serving/settings.ts';
import type { PlatformDocument } from './platform.ts';

/** Whether a product is switched on: what is off is not tried by probes, tasters and testing. */
export function isOffered({ serving }: PlatformDocument, product: ProductName): boolean {
  return productSettings(serving, product).enabled;
}

import type { OraclePrices } from "../policies/policy.js";
import { priceValues, type Nesting, type Profile } from "../prices/profile.js";
import { unitCosts } from "../prices/terms.js";

/** A profile's likely prices as an oracle takes them. `terms` prices the nesting (see `nestingFor`). */
export const oraclePrices = (profile: Profile, terms: Nesting): OraclePrices => ({
  profile: profile.name,
  nesting: terms,
  unitCosts: unitCosts(priceValues(profile), terms),
});

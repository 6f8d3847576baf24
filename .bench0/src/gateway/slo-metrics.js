import { burningLevel } from "../operations/alert-rules-slo.js";
export function sloMetrics(gauge) {
    const target = gauge("slo_target_ratio", "Share that has to be good, by objective.", ["slo"]);
    const share = gauge("slo_good_ratio", "Share that was good in the last 28 days.", ["slo"]);
    const budget = gauge("slo_budget_left_ratio", "Share of the error budget of 28 days that is left; below 0: overdrawn.", ["slo"]);
    const rate = gauge("slo_burn_rate", "How many times faster than allowed the budget is used up, by window.", ["slo", "window"]);
    const burning = gauge("slo_burning", "1 while a budget is used up too fast; 2 while that is to wake somebody.", ["slo"]);
    return ({ slos = [] }) => {
        for (const metric of [target, share, budget, rate, burning])
            metric.reset();
        for (const one of slos) {
            const at = { slo: one.name };
            target.set(at, one.target);
            if (one.share !== undefined)
                share.set(at, one.share);
            if (one.budgetLeft !== undefined)
                budget.set(at, one.budgetLeft);
            for (const [window, value] of Object.entries(one.burn)) {
                if (value !== undefined)
                    rate.set({ ...at, window }, value);
            }
            burning.set(at, burningLevel(one));
        }
    };
}

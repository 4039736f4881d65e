-- A reporting triangle from our own releases. A figure is the sum of a dataset's measure of one day; its age is how many days
-- after the end of that day a release was made. What a figure was at an age is the sum of all changes of releases up to
-- then; it is compared with what the newest release says of the same day, if that is at least a week later.
WITH moves AS (
    SELECT
        'covid-19-onset-county' AS dataset,
        _release,
        _created,
        onset_date AS day,
        coalesce(cases, 0) - coalesce(_before_cases, 0) AS moved
    FROM onsets
    UNION ALL
    SELECT 'covid-19-specimens', _release, _created, report_date, coalesce(total, 0) - coalesce(_before_total, 0)
    FROM specimens
    UNION ALL
    SELECT 'crop-prices', _release, _created, trade_date, coalesce(quantity, 0) - coalesce(_before_quantity, 0)
    FROM crops
),

releases AS (
    SELECT DISTINCT dataset, _release, date_trunc('day', _created)::DATE AS made
    FROM moves
),

newest AS (
    SELECT dataset, max(made) AS made
    FROM releases
    GROUP BY dataset
),

days AS (
    SELECT dataset, day, sum(moved) AS final
    FROM moves
    GROUP BY dataset, day
),

-- Of several releases of one day the last one counts.
figures AS (
    SELECT
        days.dataset,
        days.day,
        releases.made - days.day AS age,
        any_value(days.final) AS final,
        (
            SELECT sum(moves.moved)
            FROM moves
            WHERE
                moves.dataset = days.dataset
                AND moves.day = days.day
                AND moves._release <= max(releases._release)
        ) AS figure
    FROM days
    INNER JOIN releases USING (dataset)
    INNER JOIN newest USING (dataset)
    WHERE releases.made - days.day BETWEEN 1 AND 60 AND newest.made >= releases.made + 7 AND days.final > 0
    GROUP BY days.dataset, days.day, releases.made - days.day, days.final
),

shares AS (
    SELECT dataset, age, figure / final AS share
    FROM figures
    WHERE figure IS NOT NULL AND figure > 0
)

SELECT
    dataset,
    age,
    count(*) AS days,
    round(quantile_cont(share, 0.5), 4) AS median,
    round(quantile_cont(share, 0.05), 4) AS low,
    round(quantile_cont(share, 0.95), 4) AS high
FROM shares
GROUP BY dataset, age

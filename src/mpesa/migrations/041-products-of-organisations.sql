-- Merchants made before there was more than STK push may do all of it; the vendor's own short code takes pushes alone.
update mpesa.organisation set products = '{stk,c2b,b2c,b2b}'
where products = '{stk}' and short_code not in ('174379', '100100');
